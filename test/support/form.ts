const BOUNDARY = 'drey-test-boundary';

/** A multipart form with one file, and the headers that it is sent with. */
export function formWith(filename: string, content: string | Buffer, field = 'file'): { headers: Record<string, string>; payload: Buffer } {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    payload: Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]),
  };
}
