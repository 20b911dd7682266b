const WIDTH = 30;

/** A bar on stderr where a person looks, and a line each tenth where none does. */
export function progressBar(what: string): (done: number, total: number) => void {
  let tenth = 0;
  return (done, total) => {
    const share = total === 0 ? 1 : done / total;
    if (process.stderr.isTTY) {
      const filled = Math.round(share * WIDTH);
      process.stderr.write(`\r${what} [${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${done}/${total}`);
      if (done === total) process.stderr.write("\n");
      return;
    }
    const now = Math.floor(share * 10);
    if (now > tenth) process.stderr.write(`${what} ${done}/${total}\n`);
    tenth = now;
  };
}
