/** How the price is drawn. */
export type ChartKind = "candles" | "heikin-ashi" | "line" | "area";

/** The kinds with their names, in the order of the menu; candles are the default. */
export const CHART_KINDS: readonly { readonly kind: ChartKind; readonly name: string }[] = [
  { kind: "candles", name: "Candles" },
  { kind: "heikin-ashi", name: "Heikin Ashi" },
  { kind: "line", name: "Line" },
  { kind: "area", name: "Area" },
];

/** Reads a kind as it is kept and as it stands in an address; undefined when it is none. */
export function chartKindOf(text: string | null | undefined): ChartKind | undefined {
  return CHART_KINDS.find(({ kind }) => kind === text)?.kind;
}

/** The next kind of the menu, from the last one on the first again. */
export function kindAfter(kind: ChartKind): ChartKind {
  const at = CHART_KINDS.findIndex((one) => one.kind === kind);
  return CHART_KINDS[(at + 1) % CHART_KINDS.length]?.kind ?? "candles";
}
