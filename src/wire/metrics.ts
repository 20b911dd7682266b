import * as v from "valibot";
import type { AnswerSchema } from "./answer-schemas.ts";

/** One figure of `GET /metrics`. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `GET /metrics`, read from Prometheus' text format (version 0.0.4). Lines that aren't figures are passed over. */
export const metricsSchema: AnswerSchema<readonly MetricSample[]> = v.pipe(
  v.string(),
  v.transform((text) => text.split("\n").flatMap(sampleOf)),
);

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

function sampleOf(line: string): MetricSample[] {
  const [, name, labels = "", figure = ""] = LINE.exec(line) ?? [];
  if (name === undefined) return [];
  const value = Number(figure.replace("Inf", "Infinity"));
  if (Number.isNaN(value)) return [];
  const pairs = [...labels.matchAll(LABEL)].map(([, label = "", text = ""]) => [label, unescaped(text)] as const);
  return [{ name, labels: Object.fromEntries(pairs), value }];
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}
