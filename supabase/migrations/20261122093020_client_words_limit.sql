-- Purpose: what clients write fits on a page or two, so that one request fills neither the disk nor the feed
-- Affects: tables public.appointment_requests, public.assessment_assignments, public.profiles, public.telehealth_consents
-- Source: as client_portal_messages_body_check; a client wrote 50 MB as the reason of a request
-- Reversal: alter table public.<table> drop constraint <table>_size_check
-- Locks: access exclusive on each table while existing rows are read once

alter table public.appointment_requests
  add constraint appointment_requests_size_check
    check (char_length(reason) <= 2000 and char_length(appointment_type) <= 100);

alter table public.assessment_assignments
  add constraint assessment_assignments_size_check check (octet_length(responses::text) <= 100000);

alter table public.profiles
  add constraint profiles_size_check check (char_length(phone_number) <= 50);

alter table public.telehealth_consents
  add constraint telehealth_consents_size_check check (char_length(document_version) <= 100);
