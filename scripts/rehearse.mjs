// The Dockerfile's steps in a fresh Debian tree, up to a server that is ready: npm run rehearse [-- TREE] (as root, on Debian)
import { spawnSync } from "node:child_process";
import { Refusal } from "./lib/root.mjs";
import { runProgram } from "./lib/run-program.mjs";

runProgram("rehearse", "tests/deploy/rehearse.ts", { before: refuseUnlessPossible });

function refuseUnlessPossible() {
  if (process.getuid?.() !== 0) throw new Refusal("this needs root, for chroot and debootstrap");
  if (spawnSync("debootstrap", ["--version"], { stdio: "ignore" }).status !== 0) {
    throw new Refusal("debootstrap is not installed. Try: apt-get install debootstrap");
  }
}
