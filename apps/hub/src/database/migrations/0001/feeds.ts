/**
 * What public feeds say: CISA's catalogue of known exploited vulnerabilities and FIRST's exploit probabilities. A CVE
 * that a feed does not list has no row; that is not a score of zero. `feeds` says which edition was taken over.
 */
export const feedTables = `
CREATE TABLE known_exploited (
  cve_id varchar(50) PRIMARY KEY,
  date_added date,
  due_date date,
  name text,
  required_action text,
  ransomware varchar(20),
  catalog_version varchar(50) NOT NULL
);

CREATE TABLE epss_scores (
  cve_id varchar(50) PRIMARY KEY,
  probability real NOT NULL,
  percentile real,
  model_version varchar(50),
  score_date varchar(40)
);

CREATE TABLE feeds (
  name varchar(50) PRIMARY KEY,
  version varchar(100) NOT NULL,
  entries integer NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now(),
  details jsonb NOT NULL DEFAULT '{}'
);
`;
