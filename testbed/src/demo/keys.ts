/** Key pairs of the demonstration, made at its first start and kept beside its data: nothing secret stands in the sources. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateSigningKey, openKeyFile, signerFor } from '@pratique/sigstore';
import type { Signer } from '@pratique/sigstore';

/** Opens the demonstration's private keys. Everybody may know it; the keys protect nothing. */
export const demoKeyPassword = 'demo';

/** A key pair on disk, and ready to sign. */
export interface DemoKey {
  readonly publicFile: string;
  readonly privateFile: string;
  readonly signer: Signer;
}

/** The pair `<name>.key`, `<name>.pub` in a folder; made where it is missing. */
export async function demoKey(folder: string, name: string): Promise<DemoKey> {
  const privateFile = join(folder, `${name}.key`);
  const publicFile = join(folder, `${name}.pub`);
  const kept = await readFile(privateFile, 'utf8').catch(absent);
  const privatePem = kept ?? (await makePair(folder, { privateFile, publicFile }));
  const key = await openKeyFile(privatePem, Buffer.from(demoKeyPassword));
  return { publicFile, privateFile, signer: signerFor(key) };
}

async function makePair(folder: string, files: { privateFile: string; publicFile: string }): Promise<string> {
  const { privatePem, publicPem } = await generateSigningKey({ password: Buffer.from(demoKeyPassword) });
  await mkdir(folder, { recursive: true });
  // The public half first: a start that was interrupted between the two makes both anew.
  await writeFile(files.publicFile, publicPem);
  await writeFile(files.privateFile, privatePem, { mode: 0o600 });
  return privatePem;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
