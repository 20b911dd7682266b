export { type CsvCell, csvText } from "../../src/wire/mod.ts";
