/** How near to a label's middle the text of a mark of the scale would show from behind the label, in CSS pixels. */
const BEHIND_PX = 14;

/** The texts of a price scale's marks: none where a mark would be half behind the label at `labelled`. `yOf` gives a price's place. */
export function tickTexts(
  prices: readonly number[],
  labelled: number | undefined,
  yOf: (price: number) => number | null,
  textOf: (price: number) => string,
): string[] {
  const label = labelled === undefined ? null : yOf(labelled);
  return prices.map((price) => {
    const y = label === null ? null : yOf(price);
    return label !== null && y !== null && Math.abs(y - label) < BEHIND_PX ? "" : textOf(price);
  });
}
