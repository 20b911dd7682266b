/** Characters of a receiver's answer that are kept. */
const MAX_ANSWER = 300;

/** What became of a try. `refused`: this message is never taken. `gone`: no message is. */
export interface Sent {
  readonly outcome: "accepted" | "failed" | "refused" | "gone";
  /** What the receiver answered, or why it couldn't be reached, in words. */
  readonly answer: string;
  /** How long the receiver asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether that holds for all webhooks of Discord. */
  readonly isGlobal?: boolean | undefined;
  /** What its operator can mend, in words that users don't get to see. */
  readonly fault?: string | undefined;
}

/** The beginning of an answer on one line, without characters that a terminal or a database would take for something else. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_ANSWER)
    .toWellFormed();
}
