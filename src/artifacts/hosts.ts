import { BlockList, isIP } from 'node:net';

/** Which hosts jars may be fetched from. */
export interface HostRules {
  /** Whether a host of this name, or literal address, may be connected to at this address. */
  readonly allows: (hostname: string, address: string) => boolean;
}

/** Addresses that are no one's on the Internet: IANA's special-purpose registries. Of IPv6 only 2000::/3 is given out at all. */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Protocols (with Teredo, which holds an IPv4 address), documentation, 6to4 (which holds one too).
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
];
const GLOBAL = ['0.0.0.0/0', '2000::/3'];

/**
 * The rules of `drey.artifacts.allowed-hosts`: `public` for every public address, a host's name (whatever it resolves to, so it is trusted to name
 * the right address), `*.domain` for all names below it, an address, or a range of addresses. What none of them allows is refused.
 */
export function hostRules(allowed: readonly string[]): HostRules {
  const items = allowed.map((item) => item.toLowerCase());
  const ranges = rangesOf(items.filter((item) => isIP(item.split('/')[0] ?? '') !== 0));
  const [global, special] = [rangesOf(GLOBAL), rangesOf(SPECIAL)];
  const names = new Set(items);
  const domains = items.filter((item) => item.startsWith('*.')).map((item) => item.slice(1));

  const isPublic = (address: string): boolean => {
    // An IPv4 address within an IPv6 one would count as that IPv4 address; such a form has no use here but to hide.
    if (address.includes(':') && /^::/.test(address)) return false;
    return global(address) && !special(address);
  };
  return {
    allows(hostname, address) {
      const name = hostname.toLowerCase().replace(/\.$/, '');
      if (isIP(name) === 0 && (names.has(name) || domains.some((domain) => name.endsWith(domain)))) return true;
      return ranges(address) || (names.has('public') && isPublic(address));
    },
  };
}

function rangesOf(items: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const item of items) {
    const [network = '', prefix] = item.split('/');
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(network, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
