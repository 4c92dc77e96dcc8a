-- name: describe_tables
select namespace.nspname::text as schema_name, relation.relname::text as name,
  pg_get_userbyid(relation.relowner)::text as owner, relation.relrowsecurity as has_row_security,
  coalesce(obj_description(relation.oid, 'pg_class'), '') as comment,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', attribute.attname, 'type', format_type(attribute.atttypid, attribute.atttypmod),
      'is_nullable', not attribute.attnotnull,
      'default', coalesce(
        case when attribute.attgenerated = '' then pg_get_expr(stored.adbin, stored.adrelid) end,
        case when attribute.attidentity <> '' then 'identity' end
      ),
      'is_generated', attribute.attgenerated <> '',
      'comment', coalesce(col_description(relation.oid, attribute.attnum), '')
    ) order by attribute.attnum), '[]')
    from pg_attribute attribute
    left join pg_attrdef stored on stored.adrelid = attribute.attrelid and stored.adnum = attribute.attnum
    where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
  ) as columns,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', key.conname,
      'columns', (
        select jsonb_agg(attribute.attname order by place) from unnest(key.conkey) with ordinality as own (number, place)
        join pg_attribute attribute on attribute.attrelid = key.conrelid and attribute.attnum = own.number
      ),
      'table', (
        select other_namespace.nspname || '.' || other.relname from pg_class other
        join pg_namespace other_namespace on other_namespace.oid = other.relnamespace where other.oid = key.confrelid
      ),
      'table_columns', (
        select jsonb_agg(attribute.attname order by place) from unnest(key.confkey) with ordinality as its (number, place)
        join pg_attribute attribute on attribute.attrelid = key.confrelid and attribute.attnum = its.number
      ),
      'on_delete', case key.confdeltype
        when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null'
        else 'set default' end,
      'is_validated', key.convalidated
    ) order by key.conname), '[]')
    from pg_constraint key
    where key.conrelid = relation.oid and key.contype = 'f'
  ) as foreign_keys,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', named.relname,
      'columns', (
        select jsonb_agg(
          coalesce(
            (
              -- as it is called: an index definition quotes some names
              select attribute.attname::text from pg_attribute attribute
              where attribute.attrelid = own.indrelid and attribute.attnum = nullif(own.indkey[place - 1], 0)
            ),
            pg_get_indexdef(own.indexrelid, place, false)
          ) || case when method.amname = 'btree' and own.indoption[place - 1] & 1 = 1 then ' desc' else '' end
          order by place)
        from generate_series(1, own.indnkeyatts) as place
      ),
      'method', method.amname, 'is_unique', own.indisunique,
      'where', pg_get_expr(own.indpred, own.indrelid),
      'constraint', coalesce(served.contype::text, ''), 'is_valid', own.indisvalid
    ) order by named.relname), '[]')
    from pg_index own
    join pg_class named on named.oid = own.indexrelid
    join pg_am method on method.oid = named.relam
    left join pg_constraint served on served.conindid = own.indexrelid and served.contype in ('p', 'u', 'x')
    where own.indrelid = relation.oid
  ) as indexes,
  (
    select coalesce(jsonb_object_agg(given.role, given.commands), '{}')
    from (
      select coalesce(grantee.rolname, 'public') as role,
        jsonb_agg(distinct lower(acl.privilege_type)) as commands
      from (
        select rights.grantee, rights.privilege_type
        from aclexplode(coalesce(relation.relacl, acldefault('r', relation.relowner))) rights
        union all
        select rights.grantee, rights.privilege_type
        from pg_attribute attribute cross join lateral aclexplode(attribute.attacl) rights
        where attribute.attrelid = relation.oid and not attribute.attisdropped
      ) acl
      left join pg_roles grantee on grantee.oid = acl.grantee
      group by 1
    ) given
  ) as grants
from pg_class relation
join pg_namespace namespace on namespace.oid = relation.relnamespace
where relation.relkind in ('r', 'p') and not relation.relispartition
  and (namespace.nspname || '.' || relation.relname = any (%(tables)s) or namespace.nspname = any (%(schemas)s))
order by 1, 2;
