/**
 * One counter over everything that decides what people see beside the findings themselves. It is bumped once per
 * statement that changes such a table, inside the same transaction, and announced on commit: whoever caches a result
 * by this number never shows an older truth for a newer number. The announcement only saves waiting for the next look;
 * the number is what counts, so a lost notification loses nothing.
 *
 * The row is locked until the end of the changing transaction. Changes to these tables are rare (people click), so
 * that this serialises them is wanted: numbers are handed out in commit order.
 */
export const workflowRevision = `
CREATE TABLE workflow_revision (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  revision bigint NOT NULL
);
INSERT INTO workflow_revision (revision) VALUES (1);

CREATE FUNCTION pratique_bump_workflow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bumped bigint;
BEGIN
  UPDATE workflow_revision SET revision = revision + 1 RETURNING revision INTO bumped;
  PERFORM pg_notify('pratique_workflow', bumped::text);
  RETURN NULL;
END $$;

CREATE TRIGGER pratique_workflow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cve_priorities
  FOR EACH STATEMENT EXECUTE FUNCTION pratique_bump_workflow();
CREATE TRIGGER pratique_workflow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON risk_acceptances
  FOR EACH STATEMENT EXECUTE FUNCTION pratique_bump_workflow();
CREATE TRIGGER pratique_workflow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON suppression_rules
  FOR EACH STATEMENT EXECUTE FUNCTION pratique_bump_workflow();
CREATE TRIGGER pratique_workflow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON remediations
  FOR EACH STATEMENT EXECUTE FUNCTION pratique_bump_workflow();
CREATE TRIGGER pratique_workflow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON global_settings
  FOR EACH STATEMENT EXECUTE FUNCTION pratique_bump_workflow();
CREATE TRIGGER pratique_workflow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON known_exploited
  FOR EACH STATEMENT EXECUTE FUNCTION pratique_bump_workflow();
`;
