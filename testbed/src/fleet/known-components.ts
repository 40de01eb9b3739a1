/**
 * Which software a CVE is in, where that is common knowledge: the demo should show Log4Shell in
 * log4j-core and not in a random package. Installed versions are vulnerable ones, `fixedBy` the
 * release that upstream names. OS packages take the version style of their distribution instead.
 */
import type { CveFacts, KevEntry } from './catalogue.ts';

/** `image_component_v2.source`: 0 OS, 1 Python, 2 Java, 3 Ruby, 4 Node.js, 7 Go. */
export type ComponentSource = 0 | 1 | 2 | 3 | 4 | 7;

/** The home of a CVE. */
export interface KnownComponent {
  /** Component name; for OS packages the name of the source package in `os-packages.ts`. */
  readonly name: string;
  readonly source: ComponentSource;
  /** Installed version, for language packages. */
  readonly version: string;
  /** Version that fixes it, `''` when there is none; for language packages. */
  readonly fixedBy: string;
  /** CVSS where the data files have none. */
  readonly cvss?: number;
  /** Revision that fixes it in an OS package, where the rule by year would spread it too far. */
  readonly fixedRevision?: number;
}

const os = (name: string, cvss?: number, fixedRevision?: number): KnownComponent => ({
  ...{ name, source: 0, version: '', fixedBy: '', cvss, fixedRevision },
});
const language =
  (source: ComponentSource) =>
  (name: string, version: string, fixedBy: string, ...cvss: number[]): KnownComponent => ({
    name,
    source,
    version,
    fixedBy,
    cvss: cvss[0],
  });
const python = language(1);
const java = language(2);
const ruby = language(3);
const node = language(4);
const go = language(7);

const byCve: Readonly<Record<string, KnownComponent>> = {
  'CVE-2014-0160': os('openssl', 7.5),
  'CVE-2014-6271': os('bash', 9.8),
  'CVE-2014-7169': os('bash', 9.8),
  'CVE-2015-7547': os('glibc', 8.1),
  'CVE-2018-25032': os('zlib', 7.5),
  'CVE-2019-11043': os('php', 8.7),
  'CVE-2021-3156': os('sudo', 7.8),
  'CVE-2021-3711': os('openssl', 9.8),
  'CVE-2021-4034': os('polkit', 7.8),
  'CVE-2022-0543': os('redis', 10),
  'CVE-2022-0778': os('openssl', 7.5),
  'CVE-2022-0847': os('linux', 7.8),
  'CVE-2022-2068': os('openssl', 9.8),
  'CVE-2022-3602': os('openssl', 7.5),
  'CVE-2022-3786': os('openssl', 7.5),
  'CVE-2022-37434': os('zlib', 9.8),
  'CVE-2023-0286': os('openssl', 7.4),
  'CVE-2023-4863': os('libwebp', 8.8),
  'CVE-2023-4911': os('glibc', 7.8),
  'CVE-2023-38545': os('curl', 9.8),
  'CVE-2024-1086': os('linux', 7.8),
  'CVE-2024-2961': os('glibc', 7.3),
  'CVE-2024-3094': os('xz', 10, 3),
  'CVE-2024-4577': os('php', 9.8),
  'CVE-2024-6387': os('openssh', 8.1),
  'CVE-2025-27363': os('freetype', 8.1),
  'CVE-2025-32433': os('erlang', 10),
  'CVE-2025-32463': os('sudo', 9.3),
  'CVE-2025-48384': os('git', 8),
  'CVE-2021-41773': os('httpd', 7.5),
  'CVE-2021-42013': os('httpd', 9.8),
  'CVE-2021-40438': os('httpd', 9),
  'CVE-2021-23017': os('nginx', 7.7),
  'CVE-2017-5638': java('org.apache.struts:struts2-core', '2.3.31', '2.3.32', 9.8),
  'CVE-2018-11776': java('org.apache.struts:struts2-core', '2.3.31', '2.3.35', 8.1),
  'CVE-2017-9805': java('org.apache.struts:struts2-rest-plugin', '2.3.31', '2.3.34', 8.1),
  'CVE-2020-1938': java('org.apache.tomcat.embed:tomcat-embed-core', '9.0.30', '9.0.31', 9.8),
  'CVE-2025-24813': java('org.apache.tomcat.embed:tomcat-embed-core', '9.0.30', '9.0.99', 9.8),
  'CVE-2021-44228': java('org.apache.logging.log4j:log4j-core', '2.14.1', '2.15.0', 10),
  'CVE-2021-45046': java('org.apache.logging.log4j:log4j-core', '2.14.1', '2.16.0', 9),
  'CVE-2021-45105': java('org.apache.logging.log4j:log4j-core', '2.14.1', '2.17.0', 5.9),
  'CVE-2021-44832': java('org.apache.logging.log4j:log4j-core', '2.14.1', '2.17.1', 6.6),
  'CVE-2022-22965': java('org.springframework:spring-beans', '5.3.17', '5.3.18', 9.8),
  'CVE-2022-22963': java('org.springframework.cloud:spring-cloud-function-context', '3.2.2', '3.2.3', 9.8),
  'CVE-2022-22947': java('org.springframework.cloud:spring-cloud-gateway-server', '3.1.0', '3.1.1', 10),
  'CVE-2018-1273': java('org.springframework.data:spring-data-commons', '2.0.5', '2.0.6', 9.8),
  'CVE-2020-5410': java('org.springframework.cloud:spring-cloud-config-server', '2.2.2', '2.2.3', 7.5),
  'CVE-2022-42889': java('org.apache.commons:commons-text', '1.9', '1.10.0', 9.8),
  'CVE-2021-39144': java('com.thoughtworks.xstream:xstream', '1.4.17', '1.4.18', 8.5),
  'CVE-2016-4437': java('org.apache.shiro:shiro-core', '1.2.4', '1.2.5', 9.8),
  'CVE-2023-46604': java('org.apache.activemq:activemq-client', '5.18.2', '5.18.3', 9.8),
  'CVE-2023-44487': go('golang.org/x/net', 'v0.15.0', '0.17.0', 7.5),
  'CVE-2024-21626': go('github.com/opencontainers/runc', 'v1.1.11', '1.1.12', 8.6),
  'CVE-2019-5736': go('github.com/opencontainers/runc', 'v1.0.0-rc6', '1.0.0-rc7', 8.6),
  'CVE-2021-43798': go('github.com/grafana/grafana', 'v8.3.0', '8.3.1', 7.5),
  'CVE-2023-28432': go('github.com/minio/minio', 'v0.0.0-20230313', '0.0.0-20230320', 7.5),
  'CVE-2025-55182': node('react-server-dom-webpack', '19.1.0', '19.1.2', 10),
  'CVE-2020-11023': node('jquery', '3.4.1', '3.5.0', 6.1),
  'CVE-2021-21315': node('systeminformation', '5.3.0', '5.3.1', 7.8),
  'CVE-2022-23539': node('jsonwebtoken', '8.5.1', '9.0.0', 8.1),
  'CVE-2022-23540': node('jsonwebtoken', '8.5.1', '9.0.0', 6.4),
  'CVE-2022-23541': node('jsonwebtoken', '8.5.1', '9.0.0', 6.3),
  'CVE-2015-9235': node('jsonwebtoken', '4.2.1', '4.2.2', 9.8),
  'CVE-2022-25887': node('sanitize-html', '2.7.0', '2.7.1', 7.5),
  'CVE-2021-26539': node('sanitize-html', '2.3.0', '2.3.1', 5.3),
  'CVE-2021-26540': node('sanitize-html', '2.3.0', '2.3.2', 5.3),
  'CVE-2019-5418': ruby('actionview', '5.2.2', '5.2.2.1', 7.5),
  'CVE-2020-11651': python('salt', '3000.1', '3000.2', 9.8),
  'CVE-2020-11652': python('salt', '3000.1', '3000.2', 6.5),
  'CVE-2020-17526': python('apache-airflow', '1.10.13', '1.10.14', 7.7),
  'CVE-2020-13927': python('apache-airflow', '1.10.10', '1.10.11', 9.8),
  'CVE-2023-27524': python('apache-superset', '2.0.1', '2.1.0', 9.8),
};

/** Scanners' reports about Alpine's busybox. */
const busybox =
  /^CVE-(2021-42374|2021-4237[68]|2021-42379|2021-4238[0-6]|2021-28831|2022-28391|2022-48174|2024-58251|2025-46394)$/;
/** …and about the C library that every Debian report lists without a fix. */
const glibc = /^CVE-(2010-4756|2018-20796|2019-9192|2019-101002[2-5]|2023-4806|2023-4813)$/;

/** What KEV calls a product → the package it comes in. First match wins; anything else of KEV is not container software. */
const byProduct: readonly (readonly [RegExp, KnownComponent])[] = [
  [/^Linux Kernel$/, os('linux')],
  [/^Google Chrom/, os('chromium')],
  [/^Apache HTTP Server$/, os('httpd')],
  [/^Apache Tomcat$/, java('org.apache.tomcat.embed:tomcat-embed-core', '9.0.30', '9.0.99')],
  [/^Apache Struts/, java('org.apache.struts:struts2-core', '2.3.31', '2.5.33')],
  [/^Apache ActiveMQ$/, java('org.apache.activemq:activemq-client', '5.18.2', '5.18.3')],
  [/^Apache Solr$/, java('org.apache.solr:solr-core', '8.2.0', '8.11.2')],
  [/^Apache Flink$/, java('org.apache.flink:flink-runtime', '1.11.0', '1.11.3')],
  [/^Apache Airflow/, python('apache-airflow', '1.10.10', '1.10.14')],
  [/^Apache Superset$/, python('apache-superset', '2.0.1', '2.1.0')],
  [/^Oracle Java (SE|Runtime)/, os('openjdk')],
  [/^Elastic Elasticsearch$/, java('org.elasticsearch:elasticsearch', '1.4.2', '1.4.3')],
  [/^VMware Spring Framework$/, java('org.springframework:spring-beans', '5.3.17', '5.3.18')],
  [/^Jenkins Jenkins/, java('org.jenkins-ci.main:jenkins-core', '2.441', '2.442')],
  [/^Grafana Labs /, go('github.com/grafana/grafana', 'v8.3.0', '8.3.1')],
  [/^MinIO /, go('github.com/minio/minio', 'v0.0.0-20230313', '0.0.0-20230320')],
  [/^Rails /, ruby('actionview', '5.2.2', '5.2.2.1')],
  [/^SaltStack /, python('salt', '3000.1', '3002.5')],
  [/^ImageMagick /, os('imagemagick')],
  [/^Exim /, os('exim')],
  [/^Samba /, os('samba')],
  [/^Redis /, os('redis')],
  [/^PHP (Group )?(PHP|FastCGI)/, os('php')],
  [/^Perl Exiftool$/, os('exiftool')],
  [/^Sudo /, os('sudo')],
  [/^GNU (Bourne|Bash)/, os('bash')],
  [/^GNU C Library$/, os('glibc')],
  [/^OpenSSL /, os('openssl')],
  [/^Red Hat Polkit$/, os('polkit')],
  [/^FreeType /, os('freetype')],
  [/^Git Git$/, os('git')],
  [/^GNU InetUtils$/, os('inetutils')],
  [/^Meta React Server/, node('react-server-dom-webpack', '19.1.0', '19.1.2')],
  [/^React Native /, node('@react-native-community/cli', '17.0.0', '17.0.1')],
  [/^JQuery /, node('jquery', '3.4.1', '3.5.0')],
  [/^MongoDB mongo-express$/, node('mongo-express', '0.53.0', '0.54.0')],
  [/^Npm package /, node('systeminformation', '5.3.0', '5.3.1')],
  [/^Erlang /, os('erlang')],
  [/^Roundcube /, os('roundcube')],
];

/**
 * The home of a CVE: known, `os` where any OS package may play its part, or `elsewhere` for what is
 * known to live in something that no container image holds (appliances, other operating systems).
 */
export function homeOf(facts: CveFacts): KnownComponent | 'os' | 'elsewhere' {
  const known = byCve[facts.cve];
  if (known !== undefined) {
    return known;
  }
  if (busybox.test(facts.cve)) {
    return os('busybox');
  }
  if (glibc.test(facts.cve)) {
    return os('glibc', undefined, Infinity); // upstream does not call these vulnerabilities
  }
  return facts.kev === undefined ? 'os' : homeOfProduct(facts.kev);
}

function homeOfProduct(kev: KevEntry): KnownComponent | 'elsewhere' {
  const label = `${kev.vendor} ${kev.product}`;
  return byProduct.find(([pattern]) => pattern.test(label))?.[1] ?? 'elsewhere';
}

/** Every known language component once; where the table has several fixes, with the last one. */
export function knownComponents(): readonly KnownComponent[] {
  const listed = [...Object.values(byCve), ...byProduct.map(([, component]) => component)];
  return [...new Map(listed.filter((entry) => entry.source !== 0).map((entry) => [entry.name, entry])).values()];
}

/** The CVE ids of the table; some are missing from the data files, as they are from real feeds. */
export const wellKnownCves: readonly string[] = Object.keys(byCve);

/** Vectors of a few well-known CVEs, as NVD publishes them. */
export const knownVectors: Readonly<Record<string, string>> = {
  'CVE-2021-44228': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
  'CVE-2021-45046': 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H',
  'CVE-2022-22965': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  'CVE-2023-44487': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H',
  'CVE-2014-6271': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  'CVE-2014-0160': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
  'CVE-2021-3156': 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H',
  'CVE-2021-4034': 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H',
  'CVE-2023-4911': 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H',
  'CVE-2024-3094': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
  'CVE-2024-6387': 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H',
};
