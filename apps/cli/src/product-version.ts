/** The version of this command and of the programs it starts; the same as in package.json, which a test holds together. */
export const productVersion = '0.1.0';
