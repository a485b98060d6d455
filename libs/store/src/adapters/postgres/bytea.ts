/** As text, for lists of bytes: cast it by `::text[]::bytea[]`. The library takes a list of buffers for one buffer. */
export function toBytea(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}
