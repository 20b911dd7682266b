/** The polynomial of CRC-32C (RFC 3720, section 12.1), in reverse order of its bits. */
const CASTAGNOLI = 0x82_f6_3b_78;

/** The CRC-32C of bytes, an unsigned 32-bit number. `before` is the sum of the bytes in front of them. */
export function crc32c(bytes: Uint8Array, before: number = 0): number {
  let sum = ~before;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? CASTAGNOLI : 0);
  }
  return ~sum >>> 0;
}
