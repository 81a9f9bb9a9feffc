"""The queue's jobs as the admin shows them: the library's own rows under a name and rights of ours."""

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob


class QueuedJob(ProcrastinateJob):
    """One job that waits, runs or has failed; what is done is deleted at once."""

    class Meta:
        proxy = True
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.task_name} {self.pk}"
