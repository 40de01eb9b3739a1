/** `npm run bench -- …`: measures the product. The first word says what; progress goes to standard error. */
import { consoleHelp, runConsole } from './console.ts';
import { deskHelp, runDesk } from './desk.ts';
import { gateHelp, runGate } from './gate.ts';
import { runSigning, signingHelp } from './signing.ts';

const help = `npm run bench -- <what> [options]

  desk     the desk over HTTP against the live queries of the reference system
  console  the console in a browser
  signing  signing, verifying and copying against bare cryptography and the real cosign
  gate     the admission webhook against a bare HTTPS echo and the round trips to a registry

${deskHelp}
${consoleHelp}
${signingHelp}
${gateHelp}`;

const benches = { desk: runDesk, console: runConsole, signing: runSigning, gate: runGate };

const [what, ...args] = process.argv.slice(2);
const begun = performance.now();
const output = {
  out: (text: string): void => void process.stdout.write(text),
  say: (text: string): void => {
    const seconds = ((performance.now() - begun) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${text}\n`);
  },
};

process.exitCode = await run();

async function run(): Promise<number> {
  switch (what) {
    case 'desk':
    case 'console':
    case 'signing':
    case 'gate':
      try {
        return await benches[what](args, output);
      } catch (error) {
        output.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
        return isMisuse(error) ? 2 : 1;
      }
    case '--help':
    case undefined:
      output.out(help);
      return 0;
    default:
      output.say(`there is nothing called "${what}" to measure.`);
      output.out(help);
      return 2;
  }
}

/** Wrong options are reported by Node with codes of their own. */
function isMisuse(error: unknown): boolean {
  return error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}
