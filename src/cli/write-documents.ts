import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generatedDocuments } from "./documents.ts";

// `npm run docs`: writes the pages that are made from the code.
for (const [path, text] of generatedDocuments()) {
  writeFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), text);
  console.log(path);
}
