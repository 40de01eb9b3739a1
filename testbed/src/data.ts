/** Where the public vulnerability data lies that is kept under data/ at the root; see its README for origin and licence. */
import { fileURLToPath } from 'node:url';

function dataFile(name: string): string {
  return fileURLToPath(new URL(`../../data/${name}`, import.meta.url));
}

/** Absolute paths of the data files. */
export const dataFiles = {
  /** CISA KEV, the whole catalogue (JSON). */
  kev: dataFile('kev-sample.json'),
  /** EPSS of KEV entries in the layout of the official daily file: comment line, `cve,epss,percentile`. */
  epss: dataFile('epss-sample.csv'),
  /** EPSS and CVSS of CVEs with a public exploit: comment line, `cve,epss,cvss,exploit_sources`. */
  epssWide: dataFile('epss-wide-sample.csv'),
  /** EPSS as container scanners printed it: `cve,epss,percentile,observed_on,scanner`. */
  epssContainer: dataFile('epss-container-sample.csv'),
  /** SSVC decision points: `cve,exploitation,automatable,technical_impact,assessed_at`. */
  ssvc: dataFile('ssvc-sample.csv'),
} as const;
