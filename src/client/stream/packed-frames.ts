/** What reads binary frames. */
export { PackedReader } from "../../wire/mod.ts";
