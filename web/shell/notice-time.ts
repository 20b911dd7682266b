/** For seeing that there is something to read, in milliseconds. */
const NOTICING_MS = 4_000;
/** For reading, in milliseconds: about ten characters a second, as slow readers do. */
const PER_CHARACTER_MS = 100;

/** How long a notice stays in sight, in milliseconds. */
export function noticeTimeMs(text: string): number {
  return NOTICING_MS + PER_CHARACTER_MS * text.length;
}
