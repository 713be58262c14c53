-- What the program of schema 0001 says to SQLite, as it was: never change this file.
-- A newer schema must go on taking it, as that program runs on while the database is migrated.

-- numbers
INSERT INTO change_counters (node, value) VALUES (:node, :count) ON CONFLICT (node) DO UPDATE SET value = (change_counters.value + excluded.value) RETURNING value;

-- upsert_call
INSERT INTO calls (node, id, caller, began, language, emergency, choice, tier, plan_version, steps, answered_by, handset, answered, ended, outcome, reason, recording_path, recording_sha256, recording_ms, source, change) VALUES (:node, :id, :caller, :began, :language, :emergency, :choice, :tier, :plan_version, :steps, :answered_by, :handset, :answered, :ended, :outcome, :reason, :recording_path, :recording_sha256, :recording_ms, :source, :change) ON CONFLICT (node, id) DO UPDATE SET caller = excluded.caller, began = excluded.began, language = excluded.language, emergency = excluded.emergency, choice = excluded.choice, tier = excluded.tier, plan_version = excluded.plan_version, steps = excluded.steps, answered_by = excluded.answered_by, handset = excluded.handset, answered = excluded.answered, ended = excluded.ended, outcome = excluded.outcome, reason = excluded.reason, recording_path = CASE WHEN (excluded.recording_path IS NULL OR excluded.recording_path = calls.recording_path) THEN coalesce(excluded.recording_path, calls.recording_path) ELSE excluded.recording_path END, recording_sha256 = CASE WHEN (excluded.recording_path IS NULL OR excluded.recording_path = calls.recording_path) THEN coalesce(excluded.recording_sha256, calls.recording_sha256) ELSE excluded.recording_sha256 END, recording_ms = CASE WHEN (excluded.recording_path IS NULL OR excluded.recording_path = calls.recording_path) THEN coalesce(excluded.recording_ms, calls.recording_ms) ELSE excluded.recording_ms END, source = excluded.source, change = excluded.change WHERE NOT (calls.ended IS NOT NULL AND excluded.ended IS NULL) AND (calls.caller IS NOT excluded.caller OR calls.began IS NOT excluded.began OR calls.language IS NOT excluded.language OR calls.emergency IS NOT excluded.emergency OR calls.choice IS NOT excluded.choice OR calls.tier IS NOT excluded.tier OR calls.plan_version IS NOT excluded.plan_version OR calls.steps IS NOT excluded.steps OR calls.answered_by IS NOT excluded.answered_by OR calls.handset IS NOT excluded.handset OR calls.answered IS NOT excluded.answered OR calls.ended IS NOT excluded.ended OR calls.outcome IS NOT excluded.outcome OR calls.reason IS NOT excluded.reason OR calls.recording_path IS NOT CASE WHEN (excluded.recording_path IS NULL OR excluded.recording_path = calls.recording_path) THEN coalesce(excluded.recording_path, calls.recording_path) ELSE excluded.recording_path END OR calls.recording_sha256 IS NOT CASE WHEN (excluded.recording_path IS NULL OR excluded.recording_path = calls.recording_path) THEN coalesce(excluded.recording_sha256, calls.recording_sha256) ELSE excluded.recording_sha256 END OR calls.recording_ms IS NOT CASE WHEN (excluded.recording_path IS NULL OR excluded.recording_path = calls.recording_path) THEN coalesce(excluded.recording_ms, calls.recording_ms) ELSE excluded.recording_ms END);

-- insert_notification
INSERT INTO outbox (id, node, call_id, agency, event, channel, payload, created, attempts, next_try, delivered, given_up, last_error) VALUES (:id, :node, :call_id, :agency, :event, :channel, :payload, :created, :attempts, :next_try, :delivered, :given_up, :last_error) ON CONFLICT DO NOTHING;

-- upsert_position
INSERT INTO cel_positions (node, file, "offset") VALUES (:node, :file, :offset) ON CONFLICT (node) DO UPDATE SET file = excluded.file, "offset" = excluded."offset";

-- read_calls
SELECT calls.node, calls.id, calls.caller, calls.began, calls.language, calls.emergency, calls.choice, calls.tier, calls.plan_version, calls.steps, calls.answered_by, calls.handset, calls.answered, calls.ended, calls.outcome, calls.reason, calls.recording_path, calls.recording_sha256, calls.recording_ms, calls.source, calls.change 
FROM calls;

-- read_outbox
SELECT outbox.id, outbox.node, outbox.call_id, outbox.agency, outbox.event, outbox.channel, outbox.payload, outbox.created, outbox.attempts, outbox.next_try, outbox.delivered, outbox.given_up, outbox.last_error 
FROM outbox;

-- read_cel_positions
SELECT cel_positions.node, cel_positions.file, cel_positions."offset" 
FROM cel_positions;

-- read_change_counters
SELECT change_counters.node, change_counters.value 
FROM change_counters;
