"""People, their grants, used sign-ins, and the two groups that app roles map to."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Copied from accounts.claims on purpose: a migration must not change its meaning with the code.
_GROUPS = ["Portal administrators", "Auditors"]


def make_groups(apps: Any, schema_editor: Any) -> None:
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    for name in _GROUPS:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False, verbose_name="tenant id")),
                ("object_id", models.UUIDField(editable=False, verbose_name="object id")),
                ("username", models.CharField(editable=False, max_length=80, unique=True)),
                ("display_name", models.CharField(blank=True, max_length=256)),
                ("user_principal_name", models.CharField(blank=True, max_length=320)),
                ("email", models.CharField(blank=True, max_length=320)),
                ("login_hint", models.CharField(blank=True, max_length=1024)),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False, verbose_name="may open the admin")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "signed_in_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last interactive sign-in"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "object_id"), name="accounts_user_entra_id"),
                    models.CheckConstraint(
                        condition=models.Q(("is_superuser", False)), name="accounts_user_no_superuser"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SpentFlow",
            fields=[
                ("state_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("spent_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="grant",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key_id", models.CharField(max_length=32)),
                ("sealed_cache", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "active"), ("sign_in_needed", "sign-in needed")],
                        default="active",
                        max_length=20,
                    ),
                ),
                ("lost_code", models.CharField(blank=True, max_length=64, verbose_name="why it was lost")),
                ("interactive_at", models.DateTimeField(verbose_name="last interactive sign-in")),
                ("refreshed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "sign_in_needed"])),
                        name="accounts_grant_state",
                    )
                ],
            },
        ),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
