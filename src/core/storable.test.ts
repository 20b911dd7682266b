import { expect, test } from "bun:test";
import { isStorable, oneLine, storable, storableJson } from "./mod.ts";

const ROCKET = "🚀";
const [HIGH, LOW] = [ROCKET.slice(0, 1), ROCKET.slice(1)];

test("NUL characters and halves of surrogate pairs are recognised and replaced, everything else stays", () => {
  for (const text of ["", "Ünder 30", "币安人生", ROCKET, "\u0001\u007f\ufffd\uffff", "\\u0000 \\ud83d"]) {
    expect([isStorable(text), storable(text)]).toEqual([true, text]);
  }
  for (const [text, repaired] of [
    ["\0", "\ufffd"],
    ["a\0b\0", "a\ufffdb\ufffd"],
    [`up ${HIGH}`, "up \ufffd"],
    [`${LOW} up`, "\ufffd up"],
    [`${LOW}${HIGH}\0${ROCKET}`, `\ufffd\ufffd\ufffd${ROCKET}`],
  ] as const) {
    expect([isStorable(text), storable(text)]).toEqual([false, repaired]);
  }
});

test("in JSON they are replaced in texts and in names, however deep", () => {
  const value = { [`a${HIGH}`]: [{ "\0": `x${LOW}` }, null, 1.5, true], b: "\\u0000", c: ROCKET };
  expect(JSON.parse(storableJson(JSON.stringify(value)))).toEqual({
    "a\ufffd": [{ "\ufffd": "x\ufffd" }, null, 1.5, true],
    b: "\\u0000",
    c: ROCKET,
  });
  const fine = { a: [1, "\\ud83d", ROCKET], __proto__: null };
  expect(storableJson(JSON.stringify(fine))).toBe(JSON.stringify(fine));
  expect(storableJson('{"__proto__":"\\u0000"}')).toBe('{"__proto__":"\ufffd"}');
});

test("a text that is cut to one line is cut between characters", () => {
  expect(oneLine(`ab${ROCKET}cd`, 3)).toBe("ab…");
  expect(oneLine(`ab${ROCKET}cd`, 4)).toBe(`ab${ROCKET}…`);
  expect(oneLine(`${LOW}a`)).toBe("\\u{de80}a");
});
