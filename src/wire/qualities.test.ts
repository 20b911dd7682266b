import { expect, test } from "bun:test";
import { isPreferredToJson, qualities } from "./mod.ts";

test("weights are read as RFC 9110 writes them; a member whose weight can't be read is left out", () => {
  const read = qualities("GZIP;q=0.5, br ; Q=1.000,zstd;q=2, x;q=abc, y;q=, z;q=0.0001, deflate;level=3;q=0, , *");
  expect([...read]).toEqual([
    ["gzip", 0.5],
    ["br", 1],
    ["deflate", 0],
    ["*", 1],
  ]);
  expect([...qualities("a;q=0.1, a;q=0.7, a;q=0")]).toEqual([["a", 0.7]]);
  expect([...qualities("")]).toEqual([]);
});

test("a type is preferred to JSON where it is named and JSON isn't weighed more, whatever parameters it has", () => {
  const taken = ["text/csv", "Text/CSV; charset=utf-8", "text/csv;header=present;q=0.5, */*;q=0.5"];
  const refused = ["text/csv;q=0", "text/csv;q=0.5, application/json", "text/csvx", "text/*", "*/*", "", null];
  expect(taken.filter((accept) => !isPreferredToJson(accept, "text/csv"))).toEqual([]);
  expect(refused.filter((accept) => isPreferredToJson(accept, "text/csv"))).toEqual([]);
});
