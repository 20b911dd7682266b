import { expect, test } from "bun:test";
import { destinationFault } from "./destination-fault.ts";

test.each([
  ["address.token: expected a token", { text: "Expected a token", of: "token" }],
  ["quiet.from: expected minutes", { text: "Expected minutes", of: "quietFrom" }],
  ["the server can't be reached", { text: "the server can't be reached", of: undefined }],
  ["limit: 20 destinations at most", { text: "limit: 20 destinations at most", of: undefined }],
] as const)("%s is about its field", (detail, fault) => {
  expect(destinationFault(detail)).toEqual(fault);
});
