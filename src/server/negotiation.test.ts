import { describe, expect, test } from "bun:test";
import { ARROW_TYPE, wantsArrow } from "./arrow.ts";
import { chooseEncoding } from "./compression.ts";

describe("Arrow is sent where the caller names it and doesn't like JSON better", () => {
  test.each([
    [ARROW_TYPE, true],
    ["Application/Vnd.Apache.Arrow.Stream", true],
    [`${ARROW_TYPE}, application/json`, true],
    [`${ARROW_TYPE}, */*`, true],
    [`${ARROW_TYPE};q=0.1`, true],
    [`${ARROW_TYPE};q=0.5, application/json;q=0.4`, true],
    [`${ARROW_TYPE};q=0.5, application/json;q=0, */*`, true],
    [`${ARROW_TYPE};q=0`, false],
    [`${ARROW_TYPE};q=0.1, application/json`, false],
    [`${ARROW_TYPE};q=0.1, application/*`, false],
    [`${ARROW_TYPE};q=0.1, */*;q=0.2`, false],
    [`${ARROW_TYPE};q=2`, false],
    [`${ARROW_TYPE}x`, false],
    ["*/*", false],
    ["application/*", false],
    [null, false],
  ] as const)("%s", (accept, isArrow) => {
    expect(wantsArrow(accept)).toBe(isArrow);
  });
});

describe("the encoding is the one with the largest weight, else the one that we like best", () => {
  test.each([
    ["gzip, br, zstd", "zstd"],
    ["gzip;q=1, br;q=0.5", "gzip"],
    ["*", "zstd"],
    ["*;q=0.5, gzip", "gzip"],
    ["zstd;q=0, *", "br"],
    ["GZIP", "gzip"],
    ["gzip;q=0.5, identity;q=0.5", "gzip"],
    ["gzip;q=0.1, identity", undefined],
    ["gzip;q=0", undefined],
    ["gzip;q=0.0", undefined],
    ["br;q=2", undefined],
    ["br;q=abc", undefined],
    ["deflate", undefined],
    ["identity", undefined],
    ["", undefined],
    [null, undefined],
  ] as const)("%s", (accept, encoding) => {
    expect(chooseEncoding(accept)).toBe(encoding);
  });
});
