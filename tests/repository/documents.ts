import { PROJECT_FILES, type ProjectPath, read } from "./project.ts";

/** The project's pages, each with its text. */
export function documents(): { readonly path: ProjectPath; readonly text: string }[] {
  return PROJECT_FILES.filter((path) => path.endsWith(".md")).map((path) => ({ path, text: read(path) }));
}

/** The text without code, in which brackets mean something else. */
export function proseOf(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, "");
}

/** The code in a text, blocks and single words, a line each. */
export function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^(```|~~~)[^\n]*\n([\s\S]*?)^\1/gm)].map(([, , block = ""]) => block);
  const words = [...text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);
  return [...blocks.join("\n").split("\n"), ...words];
}

/** The anchors of a page's headings, as GitHub and GitLab make them. */
export function anchorsOf(text: string): string[] {
  const headings = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "").matchAll(/^#{1,6} +(.+?) *#*$/gm);
  const seen = new Map<string, number>();
  return [...headings].map(([, heading = ""]) => {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "").replaceAll(" ", "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** The items of which a condition isn't true: what a failure shows. */
export function thoseThatFail<T>(items: readonly T[], fits: (item: T) => boolean): T[] {
  return items.filter((item) => !fits(item));
}
