import { expect, test } from "bun:test";
import { type Cut, cutFiles } from "./damage.ts";

test("a killed database of which a file is cut opens whole or says what is damaged (npm run damage makes fifty cuts)", async () => {
  const cuts: Cut[] = [];
  await cutFiles({ cuts: 6, seed: 20_261_129, signals: 1_300 }, (cut) => cuts.push(cut));
  expect(cuts).toHaveLength(6);
  for (const { cut, end, sentence } of cuts) {
    expect(["whole", "refused"], cut).toContain(end);
    if (end === "refused") {
      expect(sentence).toMatch(
        /^the database in .* is damaged \(.*\) and isn't opened: this would lose .*; to put a backup in its place, stop the server and run: vyx restore FILE --data-dir .* --force$/,
      );
    }
  }
  expect(cuts.some(({ end }) => end === "refused")).toBe(true);
});
