/** The name under which a page may use {@link blockFont}. */
export const BLOCK_FONT = "Blocks";

const EM = 1_000;
const ADVANCE = 550;
const ASCENT = 800;
const DESCENT = -200;

/** The block that stands for each character, in units of an em: its lower left and its upper right corner. */
const BLOCK = { left: 60, bottom: 0, right: 490, top: 520 } as const;

/**
 * A TrueType font in which each character is the same block, and a space is empty: pictures of a page that uses it are the same on machines
 * with different fonts. Layout: OpenType specification 1.9, https://learn.microsoft.com/typography/opentype/spec/.
 */
export function blockFont(): Uint8Array {
  const outline = block();
  const tables: Readonly<Record<string, Uint8Array>> = {
    "OS/2": bytesOf(
      ...[i16(4), i16(ADVANCE), i16(400), i16(5), i16(0), ...Array.from({ length: 11 }, () => i16(0))],
      ...[new Uint8Array(10), i32(1), i32(0), i32(0), i32(0), text("NONE"), i16(64), i16(0x20), i16(0xffff)],
      ...[i16(ASCENT), i16(DESCENT), i16(0), i16(ASCENT), i16(-DESCENT), i32(1), i32(0)],
      ...[i16(BLOCK.top), i16(BLOCK.top), i16(0), i16(0x20), i16(1)],
    ),
    // Format 13: whole ranges of characters share a glyph.
    cmap: bytesOf(
      ...[i16(0), i16(1), i16(3), i16(10), i32(12), i16(13), i16(0), i32(16 + 2 * 12), i32(0), i32(2)],
      ...[i32(0x20), i32(0x20), i32(2), i32(0x21), i32(0x10ffff), i32(1)],
    ),
    glyf: bytesOf(outline, outline),
    head: bytesOf(
      ...[i32(0x00010000), i32(0x00010000), i32(0), i32(0x5f0f3cf5), i16(3), i16(EM), new Uint8Array(16)],
      ...[i16(BLOCK.left), i16(BLOCK.bottom), i16(BLOCK.right), i16(BLOCK.top), i16(0), i16(8), i16(2), i16(1), i16(0)],
    ),
    hhea: bytesOf(
      ...[i32(0x00010000), i16(ASCENT), i16(DESCENT), i16(0), i16(ADVANCE), i16(BLOCK.left), i16(0), i16(BLOCK.right)],
      ...[i16(1), i16(0), i16(0), new Uint8Array(8), i16(0), i16(3)],
    ),
    hmtx: bytesOf(...[BLOCK.left, BLOCK.left, 0].flatMap((left) => [i16(ADVANCE), i16(left)])),
    // The first two glyphs, one of which stands for what is missing, have the same outline; the third has none.
    loca: bytesOf(...[0, 1, 2, 2].map((before) => i32(before * outline.length))),
    maxp: bytesOf(i32(0x00010000), i16(3), i16(4), i16(1), i16(0), i16(0), i16(2), new Uint8Array(16)),
    name: nameTable(),
    post: bytesOf(i32(0x00030000), i32(0), i16(-100), i16(50), i32(1), new Uint8Array(16)),
  };
  return fileOf(tables);
}

/** A simple glyph of one contour with four corners. */
function block(): Uint8Array {
  const { left, bottom, right, top } = BLOCK;
  return bytesOf(
    ...[i16(1), i16(left), i16(bottom), i16(right), i16(top), i16(3), i16(0), new Uint8Array([1, 1, 1, 1])],
    ...[i16(left), i16(0), i16(right - left), i16(0), i16(bottom), i16(top - bottom), i16(0), i16(bottom - top)],
  );
}

function nameTable(): Uint8Array {
  const named = [...BLOCK_FONT].flatMap((character) => [0, character.charCodeAt(0)]);
  const ids = [1, 2, 4, 6];
  return bytesOf(
    ...[i16(0), i16(ids.length), i16(6 + 12 * ids.length)],
    ...ids.flatMap((id) => [3, 1, 0x409, id, named.length, 0].map(i16)),
    new Uint8Array(named),
  );
}

/** The tables behind a directory of them, each at a multiple of four bytes. */
function fileOf(tables: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const names = Object.keys(tables);
  const directory: Uint8Array[] = [i32(0x00010000), i16(names.length), i16(128), i16(3), i16(names.length * 16 - 128)];
  const contents: Uint8Array[] = [];
  let at = 12 + 16 * names.length;
  for (const name of names) {
    const table = tables[name] as Uint8Array;
    const padded = new Uint8Array(Math.ceil(table.length / 4) * 4);
    padded.set(table);
    directory.push(text(name), i32(checksum(padded)), i32(at), i32(table.length));
    contents.push(padded);
    at += padded.length;
  }
  return bytesOf(...directory, ...contents);
}

function checksum(padded: Uint8Array): number {
  const view = new DataView(padded.buffer);
  let sum = 0;
  for (let at = 0; at < padded.length; at += 4) sum = (sum + view.getUint32(at)) >>> 0;
  return sum;
}

function bytesOf(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function i16(value: number): Uint8Array {
  return new Uint8Array([(value >> 8) & 0xff, value & 0xff]);
}

function i32(value: number): Uint8Array {
  return new Uint8Array([24, 16, 8, 0].map((bits) => (value >>> bits) & 0xff));
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
