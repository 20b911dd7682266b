/** What may stand for a place in a network or on a disk. */
const ADDRESSES: readonly RegExp[] = [
  // With a scheme: http://10.0.0.5:8080/klines, postgres://user@host/name.
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi,
  // IPv6 in brackets or with several groups, IPv4, with or without a port.
  /\[[0-9a-f:.]{2,}\](:\d+)?/gi,
  /(?<![\w:])(?:[0-9a-f]{0,4}:){2,}[0-9a-f.]{0,}(?![\w:])/gi,
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g,
  // Names with a port: localhost:5432, db.internal:6543.
  /\b(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+):\d{2,5}\b/gi,
  // Names after what systems write before them.
  /(?<=\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT) )\S+/g,
  // Files and folders.
  /(?<![\w/])\/(?:[\w.@-]+\/)+[\w.@-]*/g,
];

/** A message for people who can't see this machine: addresses, names of hosts with ports, and paths are left out. */
export function withoutAddresses(message: string): string {
  return ADDRESSES.reduce((text, address) => text.replace(address, "…"), message);
}
