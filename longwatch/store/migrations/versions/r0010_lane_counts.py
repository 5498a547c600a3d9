"""How much of each lane is at work: counted by the database itself, with whatever changes it."""

from alembic import op

revision = "0010"
down_revision = "0009"

# A job that was let in is at work until its interaction is; an interaction for as long as it says so. Triggers, so that
# no process of any release can change the one without the other; deferred, so that a lane's row is locked last.
STATEMENTS = """
ALTER TABLE lane ADD COLUMN running INTEGER DEFAULT 0 NOT NULL, ADD COLUMN miscounted_at TIMESTAMP WITH TIME ZONE;;

ALTER TABLE lane SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);;

CREATE FUNCTION lw_let_in(status text, admitted_at timestamptz, due_at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS 'SELECT due_at IS NOT NULL AND admitted_at IS NOT NULL AND status = ''queued''';;

CREATE FUNCTION lw_count_interaction() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    UPDATE lane SET running = running
        + CASE WHEN TG_OP <> ''DELETE'' AND NEW.running THEN 1 ELSE 0 END
        - CASE WHEN TG_OP <> ''INSERT'' AND OLD.running THEN 1 ELSE 0 END
    WHERE id = coalesce(NEW.lane_id, OLD.lane_id);
    RETURN NULL;
END';;

CREATE FUNCTION lw_count_job() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    IF TG_OP <> ''INSERT'' AND lw_let_in(OLD.status, OLD.admitted_at, OLD.due_at) THEN
        UPDATE lane SET running = running - 1 WHERE id = OLD.lane_id;
    END IF;
    IF TG_OP <> ''DELETE'' AND lw_let_in(NEW.status, NEW.admitted_at, NEW.due_at) THEN
        UPDATE lane SET running = running + 1 WHERE id = NEW.lane_id;
    END IF;
    RETURN NULL;
END';;

CREATE CONSTRAINT TRIGGER interaction_counts_new AFTER INSERT ON interaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.running) EXECUTE FUNCTION lw_count_interaction();;

CREATE CONSTRAINT TRIGGER interaction_counts AFTER UPDATE OF running ON interaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.running <> NEW.running)
    EXECUTE FUNCTION lw_count_interaction();;

CREATE CONSTRAINT TRIGGER interaction_counts_gone AFTER DELETE ON interaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.running) EXECUTE FUNCTION lw_count_interaction();;

CREATE CONSTRAINT TRIGGER job_counts_new AFTER INSERT ON job
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (lw_let_in(NEW.status, NEW.admitted_at, NEW.due_at)) EXECUTE FUNCTION lw_count_job();;

CREATE CONSTRAINT TRIGGER job_counts AFTER UPDATE OF status, admitted_at, due_at, lane_id ON job
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (lw_let_in(OLD.status, OLD.admitted_at, OLD.due_at) <> lw_let_in(NEW.status, NEW.admitted_at, NEW.due_at)
        OR lw_let_in(NEW.status, NEW.admitted_at, NEW.due_at) AND OLD.lane_id <> NEW.lane_id)
    EXECUTE FUNCTION lw_count_job();;

CREATE CONSTRAINT TRIGGER job_counts_gone AFTER DELETE ON job
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (lw_let_in(OLD.status, OLD.admitted_at, OLD.due_at)) EXECUTE FUNCTION lw_count_job();;

UPDATE lane SET running = (SELECT count(*) FROM interaction WHERE interaction.lane_id = lane.id AND running)
    + (SELECT count(*) FROM job WHERE job.lane_id = lane.id AND lw_let_in(job.status, job.admitted_at, job.due_at))
"""
TRIGGERS = {
    "interaction": ("interaction_counts_new", "interaction_counts", "interaction_counts_gone"),
    "job": ("job_counts_new", "job_counts", "job_counts_gone"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";;\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, names in TRIGGERS.items():
        for name in names:
            op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION lw_count_interaction(), lw_count_job(), lw_let_in(text, timestamptz, timestamptz)")
    op.execute("ALTER TABLE lane RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)")
    op.execute("ALTER TABLE lane DROP COLUMN running, DROP COLUMN miscounted_at")
