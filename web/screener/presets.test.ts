import { expect, test } from "bun:test";
import { ownScreen, PRESETS } from "./presets.ts";
import type { Screen } from "./screen.ts";

test("a screen that is kept has another name than any preset", () => {
  const [preset] = PRESETS as readonly [Screen];
  const own = ownScreen({ ...preset, interval: "4h" });
  expect([own.name, own.interval]).toEqual(["Gainers with rising volume (mine)", "4h"]);
  expect(ownScreen(own)).toBe(own);
});
