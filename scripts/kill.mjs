// Kills a server again and again under load, and looks at what each start serves: npm run kill -- --rounds 50 --seed 1
import { runProgram } from "./lib/run-program.mjs";

runProgram("kill", "tests/kill/main.ts");
