-- What a database holds, as two sums: equal sums, equal schemas and equal rows. It lies in a schema of its own, which is left out.
CREATE SCHEMA ssot_truth;
GRANT USAGE ON SCHEMA ssot_truth TO PUBLIC;

CREATE FUNCTION ssot_truth.schema_sum() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
WITH spaces AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'ssot_truth')
), relations AS (
    SELECT class.*, spaces.nspname FROM pg_catalog.pg_class class JOIN spaces ON spaces.oid = class.relnamespace
), owned AS (
    -- The sequences of serial and identity columns go by their column: their names are made up.
    SELECT objid AS sequence, refobjid AS "table", refobjsubid AS "column", attname AS named FROM pg_catalog.pg_depend
    JOIN pg_catalog.pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
    WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND refclassid = classid AND refobjsubid > 0 AND deptype IN ('a', 'i')
    AND objid IN (SELECT seqrelid FROM pg_catalog.pg_sequence)
), lines (line) AS (
    SELECT concat_ws(' ', 'schema', nspname) FROM spaces
    UNION ALL
    SELECT concat_ws(' ', 'relation', nspname, relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident,
        reloptions, pg_catalog.pg_get_expr(relpartbound, oid))
    FROM relations WHERE oid NOT IN (SELECT sequence FROM owned)
    UNION ALL
    SELECT concat_ws(' ', 'column', attribute.attrelid::pg_catalog.regclass, attname, pg_catalog.format_type(atttypid, atttypmod),
        attnotnull, attidentity, attgenerated,
        CASE WHEN sequence IS NULL THEN pg_catalog.pg_get_expr(adbin, adrelid) ELSE 'owned' END)
    FROM pg_catalog.pg_attribute attribute JOIN relations ON relations.oid = attribute.attrelid
    LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
    LEFT JOIN owned ON "table" = attrelid AND "column" = attnum
    WHERE attnum > 0 AND NOT attisdropped AND relkind <> 'S'
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::pg_catalog.regclass, contypid::pg_catalog.regtype, conname,
        pg_catalog.pg_get_constraintdef(con.oid))
    FROM pg_catalog.pg_constraint con JOIN spaces ON spaces.oid = connamespace
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_catalog.pg_get_indexdef(oid), indisvalid, indisreplident)
    FROM relations JOIN pg_catalog.pg_index ON indexrelid = oid
    UNION ALL
    SELECT concat_ws(' ', 'view', oid::pg_catalog.regclass, pg_catalog.pg_get_viewdef(oid)) FROM relations WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT concat_ws(' ', 'parent', inhrelid::pg_catalog.regclass, inhparent::pg_catalog.regclass)
    FROM pg_catalog.pg_inherits JOIN relations ON oid = inhrelid
    UNION ALL
    SELECT concat_ws(' ', 'sequence', coalesce("table", seqrelid)::pg_catalog.regclass, named, seqtypid::pg_catalog.regtype, seqstart,
        seqincrement, seqmin, seqmax)
    FROM pg_catalog.pg_sequence JOIN relations ON oid = seqrelid LEFT JOIN owned ON sequence = seqrelid
    UNION ALL
    SELECT concat_ws(' ', 'function', pg_catalog.pg_get_functiondef(routine.oid))
    FROM pg_catalog.pg_proc routine JOIN spaces ON spaces.oid = pronamespace WHERE prokind IN ('f', 'p')
    UNION ALL
    SELECT concat_ws(' ', 'trigger', pg_catalog.pg_get_triggerdef(pg_trigger.oid), tgenabled)
    FROM pg_catalog.pg_trigger JOIN relations ON relations.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'rule', pg_catalog.pg_get_ruledef(pg_rewrite.oid), ev_enabled)
    FROM pg_catalog.pg_rewrite JOIN relations ON relations.oid = ev_class
    UNION ALL
    SELECT concat_ws(' ', 'policy', polrelid::pg_catalog.regclass, polname, polcmd, polpermissive, polroles::text,
        pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid))
    FROM pg_catalog.pg_policy
    UNION ALL
    SELECT concat_ws(' ', 'type', type.oid::pg_catalog.regtype, typtype, typbasetype::pg_catalog.regtype, typnotnull, typdefault)
    FROM pg_catalog.pg_type type JOIN spaces ON spaces.oid = typnamespace
    UNION ALL
    SELECT concat_ws(' ', 'value', enumtypid::pg_catalog.regtype, enumlabel, row_number() OVER (PARTITION BY enumtypid ORDER BY enumsortorder))
    FROM pg_catalog.pg_enum
    UNION ALL
    SELECT concat_ws(' ', 'statistics', pg_catalog.pg_get_statisticsobjdef(oid)) FROM pg_catalog.pg_statistic_ext
    UNION ALL
    SELECT concat_ws(' ', 'extension', extname) FROM pg_catalog.pg_extension
    UNION ALL
    SELECT concat_ws(' ', 'comment', objsubid, classoid::pg_catalog.regclass, description)
    FROM pg_catalog.pg_description WHERE objoid >= 16384
)
SELECT pg_catalog.md5(coalesce(string_agg(line, E'\n' ORDER BY line COLLATE "C"), '')) FROM lines
$$;

CREATE FUNCTION ssot_truth.row_sum() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    held record;
    one text;
    sums text := '';
BEGIN
    FOR held IN
        SELECT class.oid::pg_catalog.regclass AS name FROM pg_catalog.pg_class class
        JOIN pg_catalog.pg_namespace space ON space.oid = class.relnamespace
        WHERE class.relkind = 'r' AND space.nspname !~ '^pg_' AND space.nspname NOT IN ('information_schema', 'ssot_truth')
        ORDER BY 1
    LOOP
        EXECUTE pg_catalog.format('SELECT pg_catalog.md5(string_agg(held::text, E''\n'' ORDER BY held::text)) FROM ONLY %s held', held.name)
            INTO one;
        sums := sums || held.name || coalesce(one, '');
    END LOOP;
    RETURN pg_catalog.md5(sums);
END $$;
