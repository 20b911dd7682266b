import { expect, test } from "bun:test";
import { generatedDocuments } from "../../src/cli/documents.ts";
import { isThere, read } from "./project.ts";

test.each([...generatedDocuments()])("%s says what the code says (`npm run docs` writes it)", (path, text) => {
  expect(isThere(path) ? read(path) : "absent").toBe(text);
});
