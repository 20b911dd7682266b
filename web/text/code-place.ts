/** A place in code, counted from 1. */
export type CodePlace = readonly [line: number, column: number];

/** The place that a mistake's words begin with, maybe behind the symbol that it was met at: "BTCUSDT: line 2, column 9: …". */
export function placeIn(message: string): CodePlace | undefined {
  const [, line, column] = /^(?:\S+: )?line (\d+), column (\d+): /.exec(message) ?? [];
  return line === undefined || column === undefined ? undefined : [Number(line), Number(column)];
}

/** The same words without symbol and place. */
export function withoutPlace(message: string): string {
  return placeIn(message) === undefined ? message : message.replace(/^(?:\S+: )?line \d+, column \d+: /, "");
}
