/** A block of shell commands on a page, and what the page says of how it is kept true. */
export interface ShellBlock {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  readonly kept:
    | { readonly by: "running" }
    /** A test that runs the same commands. */
    | { readonly by: "test"; readonly path: string }
    | { readonly by: "nothing"; readonly reason: string };
}

/** The languages of a fence that make it a block of commands. */
const FENCE = /^(```+|~~~+)(?:sh|bash|shell|console|zsh)\s*$/;

/**
 * The blocks of shell commands of a page, in order. One is run unless the line before it says, in a comment, `not run:` with
 * the reason, or `run by` with the path of a test.
 */
export function shellBlocksOf(page: string, text: string): ShellBlock[] {
  const lines = text.split("\n");
  const blocks: ShellBlock[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const fence = FENCE.exec(lines[at]?.trim() ?? "")?.[1];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end === -1) throw new Error(`${page}:${at + 1}: the block has no end`);
    const inside = lines.slice(at + 1, end).join("\n");
    blocks.push({ page, line: at + 1, text: inside, kept: keptBy(lines[at - 1] ?? "") });
    at = end;
  }
  return blocks;
}

/** The command of a block that goes on until it is ended, for a second terminal to ask; undefined for other blocks. */
export function serverIn({ text }: ShellBlock): string | undefined {
  const commands = commandsIn(text);
  const found = commands.find((command) => /^(vyx (serve|demo|exchange)|npm start|npm run demo)\b/.test(command));
  if (found !== undefined && commands.length > 1) throw new Error(`a server stands in a block alone: ${found}`);
  return found;
}

/** The commands of a block, a line each. */
export function commandsIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/^\$ /, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function keptBy(comment: string): ShellBlock["kept"] {
  const reason = /^<!-- not run: (.+) -->$/.exec(comment.trim())?.[1];
  if (reason !== undefined) return { by: "nothing", reason };
  const path = /^<!-- run by (\S+) -->$/.exec(comment.trim())?.[1];
  return path === undefined ? { by: "running" } : { by: "test", path };
}
