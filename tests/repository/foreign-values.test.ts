import { expect, test } from "bun:test";
import { CODE_FILES, isTestCode, read } from "./project.ts";

test("what comes from outside is read by readForeign, which ends with the first fault", () => {
  const bare = CODE_FILES.filter(
    (path) => path.startsWith("src/") && !isTestCode(path) && path !== "src/wire/foreign.ts",
  );
  expect(bare.filter((path) => /\bv\.(?:safeParse|parse|is|assert|parser|safeParser)\(/.test(read(path)))).toEqual([]);
});
