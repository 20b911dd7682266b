import type { JSX } from "preact";

/** Code between backticks, and pages of the documentation, which the server has, too. */
const SPECIAL = /(`[^`]+`|\/?docs\/[\w-]+\.md)/;

/** A text of the contract. */
export function Prose({ text }: { text: string }): JSX.Element {
  return <>{text.split(SPECIAL).map((part, index) => (index % 2 === 0 ? part : special(part, index)))}</>;
}

function special(part: string, index: number): JSX.Element {
  if (part.startsWith("`")) return <code key={String(index)}>{part.slice(1, -1)}</code>;
  return (
    <a key={String(index)} href={`/${part.replace(/^\//, "")}`}>
      {part}
    </a>
  );
}
