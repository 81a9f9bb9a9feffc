from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_unattended_for")]

    operations = [
        # Empty for whose access was deleted before: then nothing that still works is forgotten.
        migrations.AddField(
            model_name="user",
            name="disconnected_reason",
            field=models.CharField(
                blank=True, editable=False, max_length=32, verbose_name="why it was deleted"
            ),
        ),
    ]
