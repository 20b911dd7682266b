/** The most characters of an answer that are shown: more would stall the page. */
const SHOWN_CHARACTERS = 20_000;

/** An answer as the page shows it: JSON with a member a line, other text as it is, and both cut where they are long. */
export function shownAnswer(text: string): string {
  const pretty = prettyJson(text);
  if (pretty.length <= SHOWN_CHARACTERS) return pretty;
  const left = (pretty.length - SHOWN_CHARACTERS).toLocaleString("en-US");
  return `${pretty.slice(0, SHOWN_CHARACTERS)}\n… and ${left} more characters`;
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
