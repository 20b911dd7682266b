// Builds what the npm package has besides the checkout's files. npm runs it before it packs: npm pack
import { runProgram } from "./lib/run-program.mjs";

runProgram("package", "deploy/package.ts");
