/** A piece of JSON that is coloured as one. */
export interface JsonToken {
  readonly kind: "name" | "text" | "number" | "word" | "rest";
  readonly text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** The pieces of a text of JSON, in order; together they are the text. */
export function jsonTokens(json: string): JsonToken[] {
  const tokens: JsonToken[] = [];
  let end = 0;
  const push = (kind: JsonToken["kind"], text: string): void => {
    if (text !== "") tokens.push({ kind, text });
  };
  for (const found of json.matchAll(TOKEN)) {
    const [whole, quoted, colon = "", digits] = found;
    push("rest", json.slice(end, found.index));
    push(
      quoted === undefined ? (digits === undefined ? "word" : "number") : colon === "" ? "text" : "name",
      quoted ?? whole,
    );
    push("rest", colon);
    end = found.index + whole.length;
  }
  push("rest", json.slice(end));
  return tokens;
}
