import type { JSX } from "preact";

/** A text of the contract; what stands between backticks in it is code. */
export function Prose({ text }: { text: string }): JSX.Element {
  return (
    <>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code key={String(index)}>{part}</code>))}</>
  );
}
