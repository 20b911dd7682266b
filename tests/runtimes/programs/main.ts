import { reading } from "./reading.ts";
import { streaming } from "./streaming.ts";

/** The programs by name. Each takes one argument that fits in JSON, and comes to something that does. */
const PROGRAMS: Readonly<Record<string, (argument: never) => Promise<unknown>>> = { reading, streaming };

const [name = "", argument = ""] = process.argv.slice(-2);
const program = PROGRAMS[name];
if (program === undefined) throw new Error(`there is no program "${name}"`);
console.log(JSON.stringify(await program(JSON.parse(argument) as never)));
