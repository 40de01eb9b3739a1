import manifest from '../package.json' with { type: 'json' };

/** The version of this command and of the programs it starts. */
export const productVersion: string = manifest.version;
