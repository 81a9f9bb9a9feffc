from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_lost_grant_reference"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="unattended_date",
            field=models.DateField(blank=True, null=True, verbose_name="last used without its owner (UTC)"),
        ),
    ]
