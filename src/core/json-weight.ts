/** How much a JSON text may hold, and so how much memory its parsed value may take. */
export interface JsonBounds {
  /** Lists and objects within each other. */
  readonly depth: number;
  /** Lists and objects in all: an empty one costs a hundred times its two characters. */
  readonly containers: number;
  /** Values in all. */
  readonly values: number;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Whether a text of JSON stays within bounds, so that it can be parsed: 47 MB of `[` take six gigabytes. It counts characters outside of
 * texts, for a fraction of what parsing costs, and doesn't say whether the text is JSON.
 */
export function isLightJson(text: string, bounds: JsonBounds): boolean {
  let [depth, containers, values] = [0, 0, 1];
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfText(text, at);
        break;
      case COMMA:
        values += 1;
        if (values > bounds.values) return false;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        containers += 1;
        if (depth > bounds.depth || containers > bounds.containers) return false;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
    }
  }
  return true;
}

/** Where the text that begins with the quote at `start` ends: its other quote, or the end of all. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
