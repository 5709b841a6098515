import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { DreyError } from '../domain/errors.ts';
import type { SecretBox, SecretPlace } from '../ports/secrets.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const SETTING = 'drey.secrets.key (DREY_SECRETS_KEY, or DREY_SECRETS_KEY_FILE)';
const REMEDY = `set ${SETTING} to 32 bytes as base64 or hex, such as \`openssl rand -base64 32\` prints`;

/**
 * AES-256-GCM with a random nonce for each value, which is bound to its namespace and name: a row that is copied to another place cannot be
 * read. `v1.<id of the key>.<nonce>.<ciphertext and tag>`, each part in base64url.
 */
export function secretBox(key: Uint8Array | undefined): SecretBox {
  const keyId = key === undefined ? '' : createHash('sha256').update('drey.secrets.key').update(key).digest('base64url').slice(0, 8);
  return {
    seal(place, value) {
      if (key === undefined) throw new DreyError('conflict', `secrets cannot be kept, for this daemon has no key for them; ${REMEDY}`);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(boundTo(place));
      const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return ['v1', keyId, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
    },
    open(place, sealed) {
      if (key === undefined) throw locked(place, `this daemon has no key for it; ${REMEDY}`);
      const [, sealedBy = '', nonce = '', text = ''] = sealed.split('.');
      if (sealedBy !== keyId) {
        throw locked(
          place,
          `it was written under the key ${sealedBy}, and this daemon has ${keyId}; give ${SETTING} that one, or set the secret anew`,
        );
      }
      const bytes = Buffer.from(text, 'base64url');
      try {
        const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, 'base64url'), { authTagLength: TAG_BYTES }).setAAD(
          boundTo(place),
        );
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw locked(place, 'what is stored is not what was written for it; set the secret anew', cause);
      }
    },
  };
}

const boundTo = ({ namespace, name }: SecretPlace): Buffer => Buffer.from(`${namespace}/${name}`);

const locked = ({ name }: SecretPlace, why: string, cause?: unknown): DreyError =>
  new DreyError('secretLocked', `SecretValue ${name} cannot be read: ${why}`, { cause });
