import { expect, test } from "bun:test";
import { csvText } from "./csv.ts";

test("cells are told apart by commas, lines by CRLF, and quotes stand around what needs them", () => {
  expect(
    csvText([
      ["a", 1.5],
      ["b,c", -2],
      ['say "hi"', 0],
      ["two\nlines", 1e21],
      ["", 3],
    ]),
  ).toBe('a,1.5\r\n"b,c",-2\r\n"say ""hi""",0\r\n"two\nlines",1e+21\r\n,3\r\n');
});

test("no text is a formula to a spreadsheet, quoted or not", () => {
  for (const text of ['=HYPERLINK("http://a")', "+1", "-1", "@SUM(A1)", "\tx", "\rx"]) {
    const cell = csvText([[text]]).slice(0, -2);
    expect(cell.replace(/^"/, "")[0]).toBe("'");
  }
  expect(csvText([["a=1", "1-1"]])).toBe("a=1,1-1\r\n");
});
