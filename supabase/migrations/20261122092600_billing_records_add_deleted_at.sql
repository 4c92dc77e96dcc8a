-- Purpose: claims and payments can be taken out of use when their ten years are over
-- Affects: columns deleted_at of public.insurance_claims and public.payment_records
-- Source: docs/retention.md; 42 CFR 422.504(d)(2)(iii)
-- Reversal: alter table … drop column deleted_at, after policies, checks and rules that do not name it
-- Locks: access exclusive, for a moment each: a column that is null in every row rewrites nothing

alter table public.insurance_claims add column deleted_at timestamptz;
alter table public.payment_records add column deleted_at timestamptz;
comment on column public.insurance_claims.deleted_at is 'When retention took it out of use.';
comment on column public.payment_records.deleted_at is 'When retention took it out of use.';
