// Writes the pages that are made from the code: npm run docs
import { runProgram } from "./lib/run-program.mjs";

runProgram("docs", "src/cli/write-documents.ts", { development: false });
