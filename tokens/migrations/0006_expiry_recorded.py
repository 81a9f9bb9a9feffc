from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone


def mark_expired(apps: Any, schema_editor: Any) -> None:
    """Mark what has expired already as recorded: nobody noticed it just now."""
    now = timezone.now()
    is_over = Q(valid_to__lte=now)
    if now >= datetime.combine(settings.GLOBAL_PATS_STOP_ON, time.min, tzinfo=UTC):
        is_over |= Q(is_global=True)
    pats = apps.get_model("tokens", "Pat").objects.using(schema_editor.connection.alias)
    pats.filter(is_over).update(expiry_recorded_at=now)


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0005_audit_proof"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="pat",
            name="expiry_recorded_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="expiry recorded"),
        ),
        migrations.AddIndex(
            model_name="pat",
            index=models.Index(
                condition=models.Q(
                    ("expiry_recorded_at__isnull", True),
                    ("revoked_at__isnull", True),
                    ("vanished_at__isnull", True),
                ),
                fields=["valid_to"],
                name="tokens_pat_expiring",
            ),
        ),
        migrations.RunPython(mark_expired, migrations.RunPython.noop),
    ]
