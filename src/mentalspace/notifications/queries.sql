-- name: enqueue
insert into public.notification_logs
  (notification_type, recipient_user_ids, subject, message, priority, sent_via, delivery_key)
values
  (%(notification_type)s, %(recipient_user_ids)s::uuid[], %(subject)s, %(message)s, %(priority)s,
   %(sent_via)s::text[], %(delivery_key)s)
on conflict (delivery_key) do nothing
returning id;
